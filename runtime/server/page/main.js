// Starts the page: the theme first, so that nothing flashes, then the page itself.
import "./shared/theme.js";
import "./app.js";
