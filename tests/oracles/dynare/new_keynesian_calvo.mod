// New Keynesian model with Calvo prices, nonlinear: log utility, linear production.
// The optimal price is a ratio of two recursions; price dispersion is a state.

var c $C$ (long_name='consumption and output')
    pi $\Pi$ (long_name='gross inflation')
    R $R$ (long_name='gross nominal rate')
    w $w$ (long_name='real wage')
    n $N$ (long_name='hours')
    reset (long_name='optimal price relative to the price level')
    above (long_name='numerator of the optimal price')
    below (long_name='denominator of the optimal price')
    s $\Delta$ (long_name='price dispersion')
    a (long_name='log productivity')
    d (long_name='log preference for today');
varexo e_a e_d e_m;
parameters beta gamma varphi eps theta phi rho_a rho_d sigma_a sigma_d sigma_m pibar;

beta = 0.99;
gamma = 2;
varphi = 1;
eps = 6;
theta = 0.75;
phi = 1.5;
rho_a = 0.95;
rho_d = 0.8;
sigma_a = 7e-3;
sigma_d = .01;
sigma_m = 0.0025;
pibar = 1.005;

model;
# markup = eps/(eps - 1);
# kernel = beta*exp(d(+1) - d)*(c(+1)/c)^(-gamma);
[name='euler']
1 = kernel*R/pi(+1);
[name='labor supply']
w = n^varphi*c^gamma;
[name='optimal price']
reset = markup*above/below;
[name='numerator']
above = c*w/exp(a) + theta*kernel*(pi(+1)/pibar)^eps*above(+1);
[name='denominator']
below = c + theta*kernel*(pi(+1)/pibar)^(eps - 1)*below(+1);
[name='price level']
1 = theta*(pi/pibar)^(eps - 1) + (1 - theta)*reset^(1 - eps);
[name='dispersion']
s = (1 - theta)*reset^(-eps) + theta*(pi/pibar)^eps*s(-1);
[name='production']
c*s = exp(a)*n;
[name='monetary policy']
R = pibar/beta*(pi/pibar)^phi*exp(e_m);
[name='productivity']
a = rho_a*a(-1) + e_a;
[name='preference']
d = rho_d*d(-1) + e_d;
end;

steady_state_model;
a = 0;
d = 0;
pi = pibar;
R = pibar/beta;
reset = 1;
s = 1;
w = (eps - 1)/eps;
n = w^(1/(varphi + gamma));
c = n;
above = c*w/(1 - theta*beta);
below = c/(1 - theta*beta);
end;

shocks;
var e_a; stderr sigma_a;
var e_d; stderr sigma_d;
var e_m; stderr sigma_m;
end;

steady;
stoch_simul(order=3, irf=0, nograph, nocorr, nomoments);
