"""Cohorts by when, where and with what customers began: who stays, and what they are worth."""
