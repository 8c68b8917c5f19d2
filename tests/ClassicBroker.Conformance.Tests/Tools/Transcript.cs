namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary>One command that was run against a real Kafka, and what came of it. Immutable.</summary>
/// <param name="Name">The recording's name: its number and the tool, or <c>help-</c> and the tool with the number of the command.</param>
/// <param name="Words">The script's name without <c>.sh</c>, and its arguments.</param>
/// <param name="Input">What stood on standard input.</param>
/// <param name="ExitCode">The exit code; null where the command was still running when it was stopped.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record Transcript(
    string Name, IReadOnlyList<string> Words, string Input, int? ExitCode, string Output, string Error)
{
    /// <summary>The number of a recording; 0 for helps.</summary>
    public int Number => int.TryParse(Name[..3], out var number) ? number : 0;

    public string Tool => Words[0];
}
