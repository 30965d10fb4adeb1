"""Parts of an economy, one topic a file: declared once, shared by all economies."""
