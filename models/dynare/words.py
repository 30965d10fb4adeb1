"""Words of Dynare files: what is skipped, what is refused, what no name may be."""

from __future__ import annotations

# Commands that compute or print from a model and change nothing in it.
_SKIPPED_WORDS = """
bvar_density bvar_forecast calib_smoother check collect_latex_files
conditional_forecast data datatomfile dsample dynare_sensitivity dynasave dynatype
extended_path forecast gmm_estimation identification
initial_condition_decomposition method_of_moments model_comparison
model_diagnostics model_info nonlinear_filter options options_ occbin_graph
occbin_write_regimes osr osr_params plot_conditional_forecast
plot_shock_decomposition print_bytecode_dynamic_model print_bytecode_static_model
realtime_shock_decomposition resid rplot save_params_and_steady_state
sensitivity set_dynare_seed set_time shock_decomposition smm_estimation
smoother2histval squeeze_shock_decomposition unit_root_vars
varexobs write_latex_definitions write_latex_dynamic_model write_latex_original_model
write_latex_parameter_table write_latex_prior_table write_latex_static_model
write_latex_steady_state_model model_local_variable
"""
SKIPPED = frozenset(_SKIPPED_WORDS.split())
# Of these nobody needs to be told: every file has them.
USUAL = frozenset({"check", "steady", "stoch_simul", "resid", "model_diagnostics"})
# Commands of the host language: they end with the line, a semicolon is optional.
_SKIPPED_LINES_WORDS = """
addpath axis bayestopt_ break cd clc clear clearvars close cls continue copyfile
dataset_ delete diary disp display echo error estim_params_ eval evalin exist exit
fclose figure fopen format fprintf global grid hold keyboard legend load M_ mkdir more
oo_ oo_recursive_ options_ pause persistent plot print quit return rmpath save saveas
set sgtitle subplot suptitle tic tightfig title toc var_list_ warning xlabel xlim
xlswrite ylabel ylim
"""
SKIPPED_LINES = frozenset(_SKIPPED_LINES_WORDS.split())
# Blocks that describe an estimation, a forecast or a table, not the model.
_SKIPPED_BLOCKS_WORDS = """
conditional_forecast_paths epilogue filter_initial_state generate_irfs
init2shocks irf_calibration matched_irfs matched_irfs_weights matched_moments
moment_calibration optim_weights osr_params_bounds shock_groups
svar_identification verbatim homotopy_setup deterministic_trends
"""
SKIPPED_BLOCKS = frozenset(_SKIPPED_BLOCKS_WORDS.split())
# Options of stoch_simul that print, draw, or choose how the same numbers are found.
_SILENT_WORDS = """
aim_solver contemporaneous_correlation dr dr_cycle_reduction_tol
dr_logarithmic_reduction_maxiter dr_logarithmic_reduction_tol graph graph_format irf
irf_plot_threshold k_order_solver nocorr nodecomposition nodisplay nofunctions nograph
nomodelsummary nomoments noprint order pruning print qz_criterium qz_zero_threshold
sylvester sylvester_fixed_point_tol tex
"""
SILENT = frozenset(_SILENT_WORDS.split())

_OPTIMAL = (
    "optimal policy is not derived: write its first-order conditions, multipliers "
    "included, as equations of the model"
)
_TREND = "trends are not taken out: write the model in detrended variables"
_AGENTS = (
    "heterogeneous agents are not solved here: that needs the distribution as a state"
)

REFUSED = {
    "trend_var": _TREND,
    "log_trend_var": _TREND,
    "heteroskedastic_shocks": "give each shock one variance",
    "model_options": "write the options after 'model'",
    "load_params_and_steady_state": "write the values into the file",
    "ramsey_model": _OPTIMAL,
    "ramsey_policy": _OPTIMAL,
    "ramsey_constraints": _OPTIMAL,
    "planner_objective": _OPTIMAL,
    "discretionary_policy": _OPTIMAL,
    "markov_switching": "switching is declared in Python",
    "heterogeneity_dimension": _AGENTS,
    "var_model": "write the equations out",
    "trend_component_model": "write the equations out",
    "pac_model": "write the equations out",
}
# What is refused up to its ``end;``.
REFUSED_BLOCKS = frozenset({"heteroskedastic_shocks", "ramsey_constraints"})

# Found by declaring every word of Dynare 5.3's lexer as a variable; in any case.
_RESERVED_WORDS = """
abs acos adaptive_mh_draws add_flags add_libs additional_optimizer_steps adl
advanced aim_solver all_values_required alpha2_redform alpha2_rmse alpha2_stab
alpha_rmse amisanotristani analytic_derivation analytic_derivation_mode
analytic_jacobian analytical_girf aoa apband asin atan auxiliary_model_name
balanced_growth_test_tol bandpass_filter bartlett_kernel_lag bayesian_irf
beta_pdf block bounded_shock_support bounds burnin bvar_prior_decay
bvar_prior_flat bvar_prior_lambda bvar_prior_mu bvar_prior_omega bvar_prior_tau
bvar_prior_train bvar_replic bytecode calibration cbrt chain checks_via_subsets
coeff coefficients coefficients_prior_hyperparameters colormap compiler
conditional conditional_variance_decomposition conf_sig consider_all_endogenous
consider_all_endogenous_and_auxiliary consider_only_observed constant constants
contemp_reduced_form contemporaneous_correlation controlled_varexo
convergence_ending_value convergence_increment_value convergence_starting_value
corr cos cova_compute cpf_weights cross_restrictions cubature cutoff
cycle_reduction data_obs_nbr datafile dates default deflator detail_plot
diagonal diagonal_only diff differentiate_forward_vars diffuse_filter
diffuse_kalman_tol dirichlet dirname discount discretionary_tol
distribution_approximation domain doubling dr_algo dr_cycle_reduction_tol
dr_display_tol dr_logarithmic_reduction_maxiter dr_logarithmic_reduction_tol
drop dsge_prior_weight dsge_var dsge_varlag dummy_obs duration emas_drop
emas_girf emas_max_iter emas_tolf end endogenous_prior
endogenous_terminal_period epilogue eq_cms eq_ms eqtags equation equations erf
error_band_percentiles error_bands exclusion exp expectation expression
fast_kalman_filter fast_realtime fig_name file file_tag filename
filter_algorithm filter_covariance filter_decomposition filter_step_ahead
filtered_probabilities filtered_theoretical_moments_grid filtered_vars
final_subperiod final_year first_deriv_provided first_obs
first_simulation_period fixed_point flat_prior flip foreband forecast
free_parameters freq function function_convergence_criterion generic
geweke_interval gmm graph graph_format grid_nbr growth growth_factor
gsa_sample_file gsig2_lmdm hessian heteroskedastic_filter
homotopy_force_continue homotopy_mode homotopy_steps horizon hp_ngrid
huge_number hybrid identification identity_matrix ilptau incidence indxap
indxestima indxfore indxgdls indxgforehat indxgimfhat indximf indxovr indxparr
indxscalesstates inf infile init init2shocks init_state initial_subperiod
initial_year instruments interactive interval inv_gamma1_pdf inv_gamma2_pdf
inv_gamma_pdf invars irf irf_in_percent irf_plot_threshold irf_shocks
istart_rmse jscale k_order_solver kalman_algo
keep_kalman_algo_if_singularity_is_detected kitagawa ksstat_redform lag laplace
last_obs lik_algo lik_init lik_only likelihood_check_ahead_periods
likelihood_curb_retrench likelihood_inversion_filter
likelihood_max_kalman_iterations likelihood_maxit likelihood_periodic_solution
likelihood_periods likelihood_piecewise_kalman_filter linear
linear_approximation lmmcp ln load_ident_files load_mh_file load_redform
load_results_after_load_mh load_rmse load_stab log log10 log_deflator
log_growth_factor logarithmic_reduction logdata loglinear logtrans_redform
lower_cholesky lyapunov lyapunov_complex_threshold lyapunov_doubling_tol
lyapunov_fixed_point_tol marginal_density markowitz max max_block_iterations
max_dim_cova_group max_dim_subsets_groups max_iterations_increment_value
max_iterations_starting_value max_nrows max_number_of_stages
max_repeated_optimization_runs maxit mcmc_jumping_covariance mean
measurement_error median mfs mh_conf_sig mh_drop mh_init_scale
mh_initialize_from_previous_mcmc mh_initialize_from_previous_mcmc_directory
mh_initialize_from_previous_mcmc_prior mh_initialize_from_previous_mcmc_record
mh_jscale mh_nblocks mh_posterior_mode_estimation mh_recover mh_replic
mh_tune_guess mh_tune_jscale min minimal_solving_periods mle_mode mode
mode_check mode_check_neighbourhood_size mode_check_number_of_points
mode_check_symmetric_plots mode_compute mode_file model_name
modifiedharmonicmean mom_method moments_varendo montecarlo monthly morris
morris_nliv morris_ntra murrayjonesparslow name namendo namexo namlagendo nargs
ncsk neighborhood_width nlags no_bayesian_prior no_create_init no_error_bands
no_homotopy no_identification_minimal no_identification_moments
no_identification_reducedform no_identification_spectrum
no_identification_strength no_init_estimation_check_first_obs
no_posterior_kernel_density no_static nobs nocheck noconstant nocorr
nodecomposition nodiagnostic nodisplay nofunctions nograph nomoments
nonlinear_filter_initialization noprint normal_pdf normalize_jacobians normcdf
normpdf nsam nstates nstd number_of_lags number_of_large_perturbations
number_of_particles number_of_posterior_draws_after_perturbation
number_of_regimes number_of_small_perturbations one_sided_hp_filter opt_algo
optim optimal options order outfile output_file_tag outvars overwrite
pac_expectation parallel_local_files parameter_convergence_criterion
parameter_set parameter_uncertainty parameters partial_information
particle_filter_options penalized_estimator
perfect_foresight_with_expectation_errors period periods pfilt_rmse
planner_discount planner_discount_latex_name plot_end_date plot_init_date
plot_priors posterior_graph posterior_max_subsample_draws posterior_mean
posterior_median posterior_mode posterior_nograph posterior_sampler_options
posterior_sampling_method ppost pprior predetermined_variables prefilter
presample print prior_mc prior_mean prior_mode prior_range prior_trunc
prior_variance proposal_approximation proposal_distribution proposal_draws
proposal_lower_bound proposal_type proposal_upper_bound pruning pvalue_corr
pvalue_ks q_diag qoq quarterly qz_criterium qz_zero_threshold
raftery_lewis_diagnostics raftery_lewis_qrs
random_function_convergence_criterion random_parameter_convergence_criterion
real_pseudo_forecast real_time_smoothed realtime regime regimes relative_irf
resampling resampling_method resampling_threshold restriction restriction_fname
restrictions robust_lin_solve sampling_draws save_draws save_realtime scales
schur_vec_tol screen_shocks se_tolx second_deriv_provided seed
selected_variables_only series shape shift shock_draws shocks_per_parameter sign
silent_optimizer sims_zha simul simul_algo simul_check_ahead_periods
simul_curb_retrench simul_debug simul_maxit simul_periodic_solution
simul_periods simul_replic simul_seed simulation_file_tag simulation_multiple
sin smm smooth smoothed_state_uncertainty smoother smoother_check_ahead_periods
smoother_curb_retrench smoother_debug smoother_inversion_filter smoother_maxit
smoother_periodic_solution smoother_periods smoother_piecewise_kalman_filter
smoother_redux solver_periods specification spectral_density sqrt
square_root_solver stack_solve_algo static std stderr stderr_multiples stdev
steady_state steadystate stratified structural sub_draws subsamples
substitute_flags substitute_libs surprise sylvester sylvester_fixed_point_tol
systematic tan taper_steps targets terminal_steady_state_as_guess_value tex
thinning_factor threshold_redform time_shift tlindx tlnumber tol_deriv tol_rank
tol_sv tolf truncate type unconditional uniform_pdf unscented upper_cholesky
use_calibration use_dll use_mean_center use_penalized_objective_for_hessian
use_shock_groups use_univariate_filters_if_singularity_is_detected useautocorr
values var var_expectation var_rmse varexo varexo_det varexobs variable variance
variances varobs verbose vintage vlist vlistlog vlistper weibull weibull_pdf
weighting_matrix weighting_matrix_scaling_factor with_epilogue
write_equation_tags write_xls xls_range xls_sheet yoy zero_moments_tolerance
"""
RESERVED = frozenset(_RESERVED_WORDS.split())

_GREEK_WORDS = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma
tau upsilon phi chi psi omega
"""
_GREEK = frozenset(_GREEK_WORDS.split())


def default_latex(name: str) -> str:
    """LaTeX of a name that was declared without any."""
    if len(name) == 1:
        return name
    stem, _, rest = name.partition("_")
    symbol = rf"\{stem}" if stem in _GREEK else ""
    if symbol and not rest:
        return symbol
    escaped = (rest if symbol else name).replace("_", r"\_")
    text = rf"\mathit{{{escaped}}}"
    return f"{symbol}_{{{text}}}" if symbol else text
