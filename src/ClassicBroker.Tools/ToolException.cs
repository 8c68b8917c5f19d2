namespace ClassicBroker.Tools;

/// <summary>Ends a tool with a line on standard error and exit code 1, without its table of options.</summary>
internal sealed class ToolException(string message, Exception? cause = null) : Exception(message, cause);
