namespace ClassicBroker.Tools.ZooKeeperShell;

/// <summary>
/// A shell command cannot be carried out; the message goes to standard error, and a shell of one command ends with exit code 1.
/// </summary>
internal sealed class ShellException(string message) : Exception(message);
