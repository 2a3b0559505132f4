"""Why sales and profit moved: buyers x orders per buyer x order value x margin."""
