// Brock and Mirman: log utility, full depreciation, and a claim with a known price.
// The rule is known: k = alpha beta exp(z) k(-1)^alpha, claim = exp(rho z + sigma^2/2).

var c $C$ (long_name='consumption')
    k $K$ (long_name='capital at the end of the period')
    z $z$ (long_name='log productivity')
    claim $P$ (long_name='expected productivity a period ahead');
varexo e $\varepsilon$ (long_name='news about productivity');
parameters alpha $\alpha$ (long_name='share of capital')
           beta $\beta$ (long_name='discount factor')
           rho $\rho$ (long_name='persistence of productivity')
           sigma $\sigma$ (long_name='standard deviation of news');

alpha = 0.33;
beta = 0.99;
rho = 0.9;
sigma = 0.02;

model;
[name='euler']
1/c = beta*alpha*exp(z(+1))*k^(alpha - 1)/c(+1);
[name='resources']
c + k = exp(z)*k(-1)^alpha;
[name='productivity']
z = rho*z(-1) + e;
[name='claim']
claim = exp(z(+1));
end;

steady_state_model;
z = 0;
k = (alpha*beta)^(1/(1 - alpha));
c = k^alpha - k;
claim = 1;
end;

shocks;
var e; stderr sigma;
end;

steady;
stoch_simul(order=3, irf=0, nograph, nocorr, nomoments);
