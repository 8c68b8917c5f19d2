using System.IO.Compression;
using System.Reflection;
using System.Text.Json;

namespace ClassicBroker.Conformance.Tests.Recordings;

/// <summary>
/// The frames of one folder of recordings: files of JSON lines, one after another, each after a line <c># path</c>; the whole compressed
/// with Brotli and embedded in the assembly.
/// </summary>
public static class RecordingArchive
{
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.EndsWith(".br", StringComparison.Ordinal))
            .Select(name => name[..^".br".Length])
            .Order(StringComparer.Ordinal),
    ];

    public static IEnumerable<RecordedExchange> Read(string name)
    {
        var (source, number) = ("", 0);
        foreach (var line in Lines(name))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                (source, number) = (line[2..], 0);
                continue;
            }

            number++;
            foreach (var exchange in Exchanges(source, number, line))
            {
                yield return exchange;
            }
        }
    }

    private static IEnumerable<string> Lines(string name)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name + ".br")
            ?? throw new ArgumentException($"there is no recording {name}", nameof(name));
        using var reader = new StreamReader(new BrotliStream(resource, CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static IEnumerable<RecordedExchange> Exchanges(string source, int number, string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var client = Text(root, "client_id") ?? Text(root, "principal") ?? "";
        foreach (var prefix in new[] { "", "handshake_" })
        {
            if (Text(root, prefix + "request") is { } request)
            {
                yield return new(source, number, client, Convert.FromHexString(request), Bytes(Text(root, prefix + "response")))
                {
                    To = root.TryGetProperty("to", out var to) && to.ValueKind == JsonValueKind.Number ? to.GetInt32() : null,
                };
            }
        }
    }

    private static string? Text(JsonElement root, string property) =>
        root.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A few long responses were cut when they were recorded and end in dots.</summary>
    private static byte[]? Bytes(string? hex) => hex is null || hex.EndsWith("...", StringComparison.Ordinal) ? null : Convert.FromHexString(hex);
}
