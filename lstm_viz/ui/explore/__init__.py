"""The Explore page: own sequences, own models, comparisons, exports."""
