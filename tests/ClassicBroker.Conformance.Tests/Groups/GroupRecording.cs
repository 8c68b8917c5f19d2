using System.IO.Compression;
using System.Reflection;
using System.Text.Json;

namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>
/// The requests made by hand in <c>kafka-3.9-logs/groups</c>, with their times: what waited for what is the point of a group. Lines
/// <c># phase</c>, then one exchange a line; compressed with Brotli.
/// </summary>
internal static class GroupRecording
{
    private const string Resource = "Groups.kafka-3.9-groups-timed";

    /// <summary>The exchanges of some phases, in the order in which they were sent.</summary>
    public static IReadOnlyList<TimedExchange> Phases(params int[] numbers) =>
        [.. Read().Where(exchange => numbers.Contains(int.Parse(exchange.Phase[..2]))).OrderBy(exchange => exchange.SentMs)];

    private static IEnumerable<TimedExchange> Read()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
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
                root.GetProperty("connection").GetInt32(),
                root.GetProperty("client").GetString()!,
                Convert.FromHexString(root.GetProperty("request").GetString()!),
                response.ValueKind == JsonValueKind.Null ? null : Convert.FromHexString(response.GetString()!));
        }
    }
}
