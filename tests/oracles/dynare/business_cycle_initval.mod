// Real business cycle with hours, written in logs; no closed form, starting values only.

var y c k n i r z;
varexo e;
parameters alpha beta delta gamma chi phi rho sigma;

alpha = 1/3;
beta = 0.99;
delta = 0.025;
gamma = 1.5;
phi = 1;
rho = 0.95;
sigma = 0.007;
chi = 8;

model;
# marginal = exp(-gamma*c);
[name='euler']
marginal = beta*exp(-gamma*c(+1))*(1 + r(+1) - delta);
[name='hours']
chi*exp(phi*n)/marginal = (1 - alpha)*exp(y - n);
r = alpha*exp(y - k(-1));
y = z + alpha*k(-1) + (1 - alpha)*n;
exp(y) = exp(c) + exp(i);
exp(k) = (1 - delta)*exp(k(-1)) + exp(i);
z - rho*z(-1) - e;
end;

initval;
z = 0;
n = log(1/3);
r = 1/beta - 1 + delta;
k = n + log(alpha/r)/(1 - alpha);
y = alpha*k + (1 - alpha)*n;
i = k + log(delta);
c = log(exp(y) - exp(i));
end;

shocks;
var e; stderr sigma;
end;

steady;
stoch_simul(order=3, irf=0, nograph, nocorr, nomoments);
