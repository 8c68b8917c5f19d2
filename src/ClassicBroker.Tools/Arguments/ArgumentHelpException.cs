namespace ClassicBroker.Tools.Arguments;

/// <summary>Ends a tool with its help, or its version, on standard output.</summary>
internal sealed class ArgumentHelpException(ArgumentParser parser, string text, int exitCode) : Exception(text)
{
    public ArgumentParser Parser { get; } = parser;

    public int ExitCode { get; } = exitCode;
}
