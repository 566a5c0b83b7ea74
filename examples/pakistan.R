# Pakistan's ties with three great powers: reads an export of the index, fits a line, draws a figure.
#
#   quadrille index export pakistan.csv --state Pakistan
#   Rscript examples/pakistan.R pakistan.csv pakistan.pdf
#
# Base R alone reads the CSV. A name that ends in .parquet is read by the package nanoparquet or, failing that, arrow.

given <- commandArgs(trailingOnly = TRUE)
if (length(given) != 2) stop("usage: Rscript pakistan.R EXPORT.csv FIGURE.pdf")

read_export <- function(path) {
  if (!grepl("[.]parquet$", path)) return(read.csv(path, na.strings = ""))
  for (package in c("nanoparquet", "arrow")) {
    if (requireNamespace(package, quietly = TRUE)) {
      return(as.data.frame(getExportedValue(package, "read_parquet")(path)))
    }
  }
  stop("no package reads Parquet here; export a .csv, or install.packages(\"nanoparquet\")")
}

ties <- read_export(given[1])
ties$other <- ifelse(ties$state_a == "PAK", ties$state_b, ties$state_a)
powers <- c(USA = "#0072B2", RUS = "#D55E00", CHN = "#009E73")
ties <- ties[ties$other %in% names(powers), ]
ties <- ties[order(ties$other, ties$year), ]

# Does a tie go back to its mean? A year's level on that of the year before, each power with a mean of its own.
ties$before <- ave(ties$valence, ties$other, FUN = function(x) c(NA, head(x, -1)))
fit <- lm(valence ~ before + other, data = ties)
print(round(summary(fit)$coefficients["before", ], 3))

pdf(given[2], width = 8, height = 4.5)
band <- qnorm(0.95) * ties$sd
plot(range(ties$year), range(ties$valence - band, ties$valence + band, 1, -1), type = "n",
     xlab = "", ylab = "level: 0 neutral, +1 the median ally", main = "Pakistan and three powers")
abline(h = c(-1, 0, 1), lty = c(3, 2, 3), col = "grey50")
for (power in names(powers)) {
  one <- ties[ties$other == power, ]
  half <- qnorm(0.95) * one$sd
  polygon(c(one$year, rev(one$year)), c(one$valence - half, rev(one$valence + half)),
          col = adjustcolor(powers[[power]], 0.15), border = NA)
  lines(one$year, one$valence, col = powers[[power]], lwd = 2)
}
legend("topleft", legend = names(powers), col = powers, lwd = 2, bty = "n", horiz = TRUE)
invisible(dev.off())
cat(sprintf("%d rows; figure: %s\n", nrow(ties), given[2]))
