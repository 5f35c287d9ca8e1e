"""Figures. The only place that imports matplotlib, and only when a figure is drawn."""
