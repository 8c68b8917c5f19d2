namespace ClassicBroker.Tools.Options;

/// <summary>
/// Ends a tool with a message and its table of options on standard error and exit code 1: for wrong options, and for <c>--help</c>.
/// </summary>
internal sealed class UsageException(string message, OptionParser parser) : Exception(message)
{
    public OptionParser Parser { get; } = parser;
}
