var y; varexo e; parameters rho sd; rho = 0.6; sd = 0.1;
model; y = rho*y(-1) + e; end; shocks; var e; stderr sd; end;