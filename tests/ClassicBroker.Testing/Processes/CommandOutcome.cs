using System.Text;

namespace ClassicBroker.Testing.Processes;

/// <summary>How a command ended and what it printed.</summary>
public sealed record CommandOutcome(int ExitCode, byte[] StandardOutput, string StandardError)
{
    public string Text => Encoding.UTF8.GetString(StandardOutput);

    /// <summary>Fails with everything that was printed where the command did not exit with 0.</summary>
    public CommandOutcome RequireSuccess() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"Exit code {ExitCode}.\n{Text}\n{StandardError}");
}
