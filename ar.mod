var y; varexo e; parameters rho; rho = 0.6;
model; y = rho*y(-1) + e; end;
shocks; var e; stderr 0.5; end;
varobs y;
estimated_params; rho, beta_pdf, 0.5, 0.2; end;