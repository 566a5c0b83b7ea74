# Reference values of tests/readings/test_durability.py, made with R and its package survival:
#   Rscript tests/reference/durability.R   (from the repository's root)
library(survival)
rows <- read.csv("tests/reference/durability_rows.csv")
cox <- coxph(Surv(age0, age1, event) ~ x1 + x2, data = rows, ties = "efron",
             control = coxph.control(eps = 1e-11, toler.chol = 1e-14, iter.max = 50))
zph <- cox.zph(cox, transform = "identity", global = TRUE)
base <- basehaz(cox, centered = FALSE)
spells <- read.csv("tests/reference/durability_spells.csv")
wei <- survreg(Surv(length, event) ~ x1 + x2, data = spells, dist = "weibull",
               control = survreg.control(rel.tolerance = 1e-12, maxiter = 200))
out <- function(name, value) data.frame(name = name, value = format(value, digits = 15))
write.csv(rbind(
  out(c("cox_x1", "cox_x2"), coef(cox)),
  out(c("cox_se_x1", "cox_se_x2"), sqrt(diag(vcov(cox)))),
  out("cox_loglik", cox$loglik[2]),
  out(c("zph_x1", "zph_x2", "zph_global"), zph$table[, "chisq"]),
  out(c("zph_p_x1", "zph_p_x2", "zph_p_global"), zph$table[, "p"]),
  out(c("weibull_intercept", "weibull_x1", "weibull_x2"), coef(wei)),
  out("weibull_log_rho", -log(wei$scale)),
  out(c("weibull_se_intercept", "weibull_se_x1", "weibull_se_x2", "weibull_se_log_rho"),
      sqrt(diag(vcov(wei)))),
  out("weibull_loglik", wei$loglik[2])
), "tests/reference/durability.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "survival", as.character(packageVersion("survival")), "\n")
