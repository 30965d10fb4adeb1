/* Growth model with news three quarters ahead, habits over two quarters and bonds priced
   over several periods at once: leads and lags beyond one period, correlated shocks. */

var c $C$ (long_name='consumption')
    k $K$ (long_name='capital at the end of the period')
    z $z$ (long_name='log productivity')
    mu $\mu$ (long_name='marginal utility')
    bond3 (long_name='price of a real bond of three periods')
    forward (long_name='price today of a period that starts in two')
    average (long_name='average growth of consumption over three periods');
varexo e $\varepsilon$ (long_name='surprise'), news $\nu$ (long_name='news');
parameters alpha, beta, delta, gamma, habit, rho, sigma, sigma_news, correlation;

alpha = 0.33;
beta = 0.99;
delta = 0.025;
gamma = 2;
habit = 0.4;
rho = 0.9;
sigma = 0.007;
sigma_news = sigma/2;
correlation = 0.3;

model;
[name='marginal utility']
mu = (c - habit*(0.7*c(-1) + 0.3*c(-2)))^(-gamma);
[name='euler']
mu = beta*mu(+1)*(alpha*exp(z(+1))*k^(alpha - 1) + 1 - delta);
[name='resources']
c + k = exp(z)*k(-1)^alpha + (1 - delta)*k(-1);
[name='productivity']
z = rho*z(-1) + e + news(-3);
[name='bond']
bond3 = beta^3*mu(+3)/mu;
[name='forward']
forward = beta*mu(+3)/mu(+2)*exp(0.1*z(-2));
[name='average']
average = log(c(+1)/c(-2))/3;
end;

steady_state_model;
z = 0;
k = (alpha/(1/beta - 1 + delta))^(1/(1 - alpha));
c = k^alpha - delta*k;
mu = ((1 - habit)*c)^(-gamma);
bond3 = beta^3;
forward = beta;
average = 0;
end;

shocks;
var e; stderr sigma;
var news; stderr sigma_news;
corr e, news = correlation;
end;

steady;
stoch_simul(order=3, irf=0, nograph, nocorr, nomoments);
