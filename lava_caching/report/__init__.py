"""Figures and pages. The only place that imports matplotlib, Plotly and Jinja, and only when something is drawn."""
