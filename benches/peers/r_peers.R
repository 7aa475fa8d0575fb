# The peers written in R: mclust and flexmix. `compare.py` starts this file and asks it for fits, as python_peers.py says.

# An array of doubles as numpy.save writes it, in the order of C.
read_npy <- function(path) {
  file <- file(path, "rb")
  on.exit(close(file))
  readBin(file, "raw", 8)
  header <- readChar(file, readBin(file, "integer", 1, size = 2, signed = FALSE, endian = "little"))
  inner <- sub(".*'shape': \\(([^)]*)\\).*", "\\1", header)
  shape <- as.integer(strsplit(gsub("[ ,]+$", "", inner), ", *")[[1]])
  values <- readBin(file, "double", prod(shape), endian = "little")
  if (length(shape) < 2) values else aperm(array(values, rev(shape)))
}

# EM of mclust from parameters, not from its own hierarchical clustering.
mclust_peer <- function(rows, start, problem) {
  name <- c(full = "VVV", spherical = "VII")[[problem$form]]
  d <- ncol(rows)
  k <- length(start$weights)
  variance <- list(modelName = name, d = d, G = k)
  if (name == "VII") {
    variance$sigmasq <- start$covariances[, 1, 1]
  } else {
    variance$sigma <- aperm(start$covariances, c(2, 3, 1))
    variance$cholsigma <- array(apply(variance$sigma, 3, chol), c(d, d, k))
  }
  parameters <- list(pro = start$weights, mean = t(start$means), variance = variance)
  list(
    fit = function(iterations) {
      control <- mclust::emControl(tol = c(0, 0), itmax = c(iterations, iterations))
      mclust::em(data = rows, modelName = name, parameters = parameters, control = control, warn = FALSE)
    },
    score = function(fitted) mclust::estep(data = rows, modelName = name, parameters = fitted$parameters)$loglik
  )
}

# flexmix begins with an M-step, so it is given the posterior of the start.
flexmix_peer <- function(rows, start, problem) {
  d <- ncol(rows) - 1
  counts <- rows[, d + 1]
  data <- as.data.frame(rows)
  names(data) <- c(paste0("x", seq_len(d)), "count")
  log_means <- cbind(1, rows[, seq_len(d)]) %*% t(start$coefficients)
  log_joint <- dpois(counts, exp(log_means), log = TRUE) + rep(log(start$weights), each = nrow(rows))
  posterior <- exp(log_joint - apply(log_joint, 1, max))
  posterior <- posterior / rowSums(posterior)
  list(
    fit = function(iterations) {
      control <- list(iter.max = iterations, tolerance = 0, minprior = 0, classify = "weighted")
      model <- flexmix::FLXMRglm(family = "poisson")
      flexmix::flexmix(count ~ ., data = data, cluster = posterior, model = model, control = control)
    },
    score = function(fitted) as.numeric(flexmix::logLik(fitted))
  )
}

# A line of the kernel's account of this process, in bytes.
resident <- function(field) {
  status <- tryCatch(readLines("/proc/self/status"), error = function(e) character(), warning = function(w) character())
  line <- grep(paste0("^", field, ":"), status, value = TRUE)
  if (length(line) == 0) "null" else sprintf("%.0f", 1024 * as.numeric(gsub("[^0-9]", "", line)))
}

forget_peak <- function() try(cat("5", file = "/proc/self/clear_refs"), silent = TRUE)

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[[1]]
text <- paste(readLines(file.path(folder, "problem.json"), warn = FALSE), collapse = "")
problem <- list(form = sub('.*"form": "([^"]*)".*', "\\1", text))
names <- setdiff(sub("\\.npy$", "", list.files(folder, "\\.npy$")), "data")
start <- sapply(names, function(name) read_npy(file.path(folder, paste0(name, ".npy"))), simplify = FALSE)
rows <- read_npy(file.path(folder, "data.npy"))
suppressPackageStartupMessages(library(arguments[[2]], character.only = TRUE))
peer <- switch(arguments[[2]], mclust = mclust_peer, flexmix = flexmix_peer)(rows, start, problem)

cat(sprintf('{"peak_bytes": %s}\n', resident("VmHWM")))
asked <- file("stdin", "r")
while (length(line <- readLines(asked, 1)) > 0) {
  words <- strsplit(line, " ")[[1]]
  invisible(gc())
  forget_peak()
  begun <- Sys.time() # to the microsecond; proc.time knows milliseconds
  fitted <- peer$fit(as.integer(words[[1]]))
  seconds <- as.numeric(Sys.time() - begun, units = "secs")
  peak <- resident("VmHWM")
  likelihood <- if (words[[2]] == "score") sprintf(', "log_likelihood": %.17g', peer$score(fitted)) else ""
  cat(sprintf('{"seconds": %.6f, "peak_bytes": %s%s}\n', seconds, peak, likelihood))
}
