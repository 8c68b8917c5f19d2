using System.Text.Json;

namespace ClassicBroker.Interop.Tests;

/// <summary>A record as the client drivers exchange it (Clients/README.md). Equality is that of key, value and headers, byte for byte.</summary>
public sealed class ForeignRecord(byte[]? key, byte[]? value, params (string Name, byte[]? Value)[] headers)
{
    public byte[]? Key { get; } = key;

    public byte[]? Value { get; } = value;

    public IReadOnlyList<(string Name, byte[]? Value)> Headers { get; } = headers;

    public ForeignRecord WithoutHeaders() => new(Key, Value);

    public string ToJson() =>
        JsonSerializer.Serialize(new
        {
            k = Text(Key),
            v = Text(Value),
            h = Headers.Select(header => new[] { header.Name, Text(header.Value) }),
        });

    public static (long Offset, ForeignRecord Record) FromJson(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        return (
            root.GetProperty("o").GetInt64(),
            new(
                Bytes(root.GetProperty("k")),
                Bytes(root.GetProperty("v")),
                root.GetProperty("h").EnumerateArray().Select(header => (header[0].GetString()!, Bytes(header[1]))).ToArray()));
    }

    /// <summary>One line that differs whenever any byte differs, short enough for an assertion message.</summary>
    public override string ToString() =>
        $"key {Digest(Key)} value {Digest(Value)} headers [{string.Join(", ", Headers.Select(header => $"{header.Name}={Digest(header.Value)}"))}]";

    private static string Digest(byte[]? bytes) =>
        bytes is null ? "null" : $"{bytes.Length}:{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes).AsSpan(0, 6))}";

    private static string? Text(byte[]? bytes) => bytes is null ? null : Convert.ToBase64String(bytes);

    private static byte[]? Bytes(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : element.GetBytesFromBase64();
}
