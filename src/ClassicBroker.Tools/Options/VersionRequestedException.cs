namespace ClassicBroker.Tools.Options;

/// <summary>Ends a tool with the version on standard output and exit code 0.</summary>
internal sealed class VersionRequestedException : Exception;
