// Fiscal theory of the price level in a Fisherian economy: constant real rate, surpluses
// that do not respond to debt, bonds whose coupons decay geometrically, passive rule.

var pi $\pi$ (long_name='gross inflation')
    R $R$ (long_name='gross nominal rate')
    Q $Q$ (long_name='price of a bond')
    b $b$ (long_name='bonds over the price level, end of the period')
    s $s$ (long_name='real surplus')
    v $v$ (long_name='real value of debt, end of the period')
    Y $Y$ (long_name='yield to maturity of the bond');
varexo e_s $\varepsilon_s$ (long_name='news about the surplus')
       e_r $\varepsilon_r$ (long_name='policy shock');
parameters beta omega theta rho rho_r sbar pibar sigma_s sigma_r;

beta = 0.99;
omega = 0.9;    // decay of coupons
theta = 0.5;    % response of the rate to inflation, below one
rho = 0.8;
rho_r = 0.5;
sbar = 0.02;
pibar = 1.005;
sigma_s = 0.002;
sigma_r = 0.002;

model;
[name='Fisher equation']
1/R = beta/pi(+1);
[name='bond price']
Q = beta*(1 + omega*Q(+1))/pi(+1);
[name='government budget']
(1 + omega*Q)*b(-1)/pi = s + Q*b;
[name='surplus']
s - sbar = rho*(s(-1) - sbar) + e_s;
[name='monetary policy']
log(R/(pibar/beta)) = rho_r*log(R(-1)/(pibar/beta)) + (1 - rho_r)*theta*log(pi/pibar) + e_r;
[name='value of debt']
v = Q*b;
[name='yield']
Y = 1/Q + omega;
end;

steady_state_model;
pi = pibar;
R = pibar/beta;
Q = 1/(R - omega);
s = sbar;
v = beta*s/(1 - beta);
b = v/Q;
Y = R;
end;

shocks;
var e_s = sigma_s^2;
var e_r = sigma_r^2;
var e_s, e_r = -0.3*sigma_s*sigma_r;
end;

steady;
stoch_simul(order=3, irf=0, nograph, nocorr, nomoments);
