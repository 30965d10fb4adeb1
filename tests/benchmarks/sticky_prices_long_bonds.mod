// Sticky prices, recursive preferences and long bonds: Epstein and Zin utility of
// consumption and leisure, Rotemberg prices around a moving target, capital with
// adjustment costs, a smoothed Taylor rule, government debt in geometric bonds.

var V $V$ (long_name='value')
    ev (long_name='risk adjustment of next period value')
    U $U$ (long_name='flow of utility')
    c $C$ (long_name='consumption')
    n $N$ (long_name='hours')
    w $w$ (long_name='real wage')
    y $Y$ (long_name='output')
    mc (long_name='marginal cost')
    rk $r^k$ (long_name='rental rate')
    k $K$ (long_name='capital at the end of the period')
    i $I$ (long_name='investment')
    q $q$ (long_name='price of capital')
    pi $\Pi$ (long_name='gross inflation')
    R $R$ (long_name='gross nominal rate')
    Q $Q$ (long_name='price of the nominal bond')
    Qn (long_name='its price without risk premia')
    Qr (long_name='price of the real bond')
    nominal_yield (long_name='yield of the nominal bond, percent per year')
    real_yield (long_name='yield of the real bond, percent per year')
    term_premium (long_name='yield less yield without risk premia, percent per year')
    excess (long_name='expected excess return of the nominal bond, per quarter')
    b $b$ (long_name='bonds over the price level, end of the period')
    tax $T$ (long_name='lump-sum taxes')
    debt (long_name='value of debt over annual output')
    g $G$ (long_name='government purchases')
    a $a$ (long_name='log productivity')
    x $x$ (long_name='log purchases relative to their mean')
    target $\pi^*$ (long_name='log inflation target')
    d $d$ (long_name='log preference for today');
varexo e_a e_x e_target e_d e_m;
parameters alpha beta delta kappa nu psi gamma eps phi_p omega gbar pibar
           rho_R phi_pi phi_mc phi_b tax_share
           rho_a rho_x rho_target rho_d sigma_a sigma_x sigma_target sigma_d sigma_m;

alpha = 0.33;
beta = 0.994;
delta = 0.025;
kappa = 4;           // adjustment cost of capital
nu = 1.8;            // weight of leisure
psi = 0.6;           // elasticity of intertemporal substitution
gamma = 30;          // risk aversion
eps = 6;
phi_p = 60;          // adjustment cost of prices
omega = 0.96;        // decay of coupons
gbar = 0.2;
pibar = 1.005;
rho_R = 0.75;
phi_pi = 1.8;
phi_mc = 0.1;
phi_b = 1.5;
tax_share = 0.06;
rho_a = 0.95;
rho_x = 0.92;
rho_target = 0.98;
rho_d = 0.85;
sigma_a = 0.006;
sigma_x = 0.01;
sigma_target = 0.0005;
sigma_d = 0.01;
sigma_m = 0.002;

model;
# curvature = 1 - 1/psi;
# kernel = beta*exp(d(+1) - d)*(U(+1)/U)^curvature*c/c(+1)
           *(V(+1)/(V*ev^(1/(1 - gamma))))^(1/psi - gamma);
# gap = pi/exp(target) - 1;
# invest = i/k(-1) - delta;
[name='value']
V^curvature = (1 - beta)*exp(d)*U^curvature
              + beta*(V*ev^(1/(1 - gamma)))^curvature;
[name='risk adjustment']
ev = (V(+1)/V)^(1 - gamma);
[name='utility']
U = c*(1 - n)^nu;
[name='labor supply']
w = nu*c/(1 - n);
[name='production']
y = exp(a)*k(-1)^alpha*n^(1 - alpha);
[name='labor demand']
w = mc*(1 - alpha)*y/n;
[name='capital demand']
rk = mc*alpha*y/k(-1);
[name='capital']
k = (1 - delta)*k(-1) + i - kappa/2*invest^2*k(-1);
[name='investment']
q*(1 - kappa*invest) = 1;
[name='price of capital']
q = kernel*(rk(+1) + q(+1)*(1 - delta + kappa*(i(+1)/k - delta)*i(+1)/k
    - kappa/2*(i(+1)/k - delta)^2));
[name='price setting']
phi_p*gap*(1 + gap) = 1 - eps + eps*mc
    + phi_p*kernel*(pi(+1)/exp(target(+1)) - 1)*pi(+1)/exp(target(+1))*y(+1)/y;
[name='resources']
y = c + i + g + phi_p/2*gap^2*y;
[name='short rate']
1 = kernel*R/pi(+1);
[name='monetary policy']
R = R(-1)^rho_R*(exp(target)/beta*(1 + gap)^phi_pi*(mc*eps/(eps - 1))^phi_mc)^(1 - rho_R)
    *exp(e_m);
[name='nominal bond']
Q = kernel*(1 + omega*Q(+1))/pi(+1);
[name='nominal bond without premia']
Qn = (1 + omega*Qn(+1))/R;
[name='real bond']
Qr = kernel*(1 + omega*Qr(+1));
[name='nominal yield']
nominal_yield = 400*log(1/Q + omega);
[name='real yield']
real_yield = 400*log(1/Qr + omega);
[name='term premium']
term_premium = nominal_yield - 400*log(1/Qn + omega);
[name='excess return']
excess = (1 + omega*Q(+1))/Q - R;
[name='government budget']
Q*b = (1 + omega*Q)*b(-1)/pi + g - tax;
[name='taxes']
tax = tax_share*y + phi_b*b(-1);
[name='debt']
debt = Q*b/(4*y);
[name='purchases']
g = gbar*exp(x);
[name='productivity']
a = rho_a*a(-1) + e_a;
[name='purchases relative to their mean']
x = rho_x*x(-1) + e_x;
[name='inflation target']
target = (1 - rho_target)*log(pibar) + rho_target*target(-1) + e_target;
[name='preference']
d = rho_d*d(-1) + e_d;
end;

steady_state_model;
a = 0;
x = 0;
d = 0;
target = log(pibar);
pi = pibar;
R = pibar/beta;
mc = (eps - 1)/eps;
q = 1;
rk = 1/beta - 1 + delta;
capital_per_hour = (alpha*mc/rk)^(1/(1 - alpha));
output_per_hour = capital_per_hour^alpha;
w = mc*(1 - alpha)*output_per_hour;
g = gbar;
n = (w + nu*g)/(nu*(output_per_hour - delta*capital_per_hour) + w);
k = capital_per_hour*n;
y = output_per_hour*n;
i = delta*k;
c = y - i - g;
U = c*(1 - n)^nu;
V = U;
ev = 1;
Q = 1/(R - omega);
Qn = Q;
Qr = 1/(1/beta - omega);
nominal_yield = 400*log(R);
real_yield = -400*log(beta);
term_premium = 0;
excess = 0;
b = (g - tax_share*y)/(Q - (1 + omega*Q)/pi + phi_b);
tax = tax_share*y + phi_b*b;
debt = Q*b/(4*y);
end;

shocks;
var e_a; stderr sigma_a;
var e_x; stderr sigma_x;
var e_target; stderr sigma_target;
var e_d; stderr sigma_d;
var e_m; stderr sigma_m;
end;

steady;
stoch_simul(order=3, irf=0, nograph, nocorr, nomoments);
