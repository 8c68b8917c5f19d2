using System.IO.Compression;
using System.Reflection;
using System.Text.Json;

namespace ClassicBroker.Conformance.Tests.Recordings;

/// <summary>
/// Recorded exchanges with their times, in the order in which they were sent, repetitions included: what waited for what is the point.
/// Lines <c># phase</c>, then one exchange a line; compressed with Brotli.
/// </summary>
internal static class TimedRecording
{
    public const string Groups = "groups";
    public const string OldGroups = "groups-2.2.2";
    public const string Transactions = "transactions";
    public const string Replication = "replication";
    public const string Exhaustion = "exhaustion";
    public const string MovedCoordinator = "coordinator-moved";

    /// <summary>The exchanges of some phases, all where none is named, in the order in which they were sent.</summary>
    public static IReadOnlyList<TimedExchange> Phases(string name, params int[] numbers) =>
        [.. Read(name).Where(exchange => numbers.Length == 0 || numbers.Contains(exchange.Number)).OrderBy(exchange => exchange.SentMs)];

    private static IEnumerable<TimedExchange> Read(string name)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Timed.{name}")!;
        using var reader = new StreamReader(new BrotliStream(resource, CompressionMode.Decompress));
        var (phase, line) = ("", 0);
        while (reader.ReadLine() is { } text)
        {
            if (text.StartsWith("# ", StringComparison.Ordinal))
            {
                (phase, line) = (text[2..], 0);
                continue;
            }

            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            var response = root.GetProperty("response");
            yield return new(
                phase,
                ++line,
                root.GetProperty("ms").GetInt64(),
                root.GetProperty("answered").ValueKind == JsonValueKind.Null ? -1 : root.GetProperty("answered").GetInt64(),
                root.TryGetProperty("to", out var to) ? to.GetInt32() : 0,
                root.GetProperty("connection").GetInt32(),
                root.GetProperty("client").GetString()!,
                Convert.FromHexString(root.GetProperty("request").GetString()!),
                response.ValueKind == JsonValueKind.Null ? null : Convert.FromHexString(response.GetString()!));
        }
    }
}
