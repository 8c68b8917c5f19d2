namespace ClassicBroker.Tools.ZooKeeperShell;

/// <summary>
/// A shell command cannot be carried out; the message goes to standard error, and a shell of one command ends with the exit code.
/// </summary>
internal sealed class ShellException(string message, int exitCode = 1) : Exception(message)
{
    /// <summary>What a POSIX shell, and ZooKeeper's, answers to a command it does not have.</summary>
    public const int CommandNotFound = 127;

    public int ExitCode { get; } = exitCode;
}
