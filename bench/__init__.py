"""The benchmark: this site and its peers under the same load, in the same run."""
