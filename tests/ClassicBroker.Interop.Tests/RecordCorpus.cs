using System.Text;

namespace ClassicBroker.Interop.Tests;

/// <summary>The records every writer writes: null and empty keys and values, all byte values, headers of every kind, and a large one.</summary>
public static class RecordCorpus
{
    /// <summary>Just below the broker's default <c>message.max.bytes</c> with room for the overhead of every format.</summary>
    private const int LargeValueBytes = 1_000_000;

    /// <summary>For clients that carry anything.</summary>
    public static IReadOnlyList<ForeignRecord> Full { get; } =
    [
        Text("k1", "first"),
        new(null, Bytes("no key")),
        new(Bytes("tombstone"), null),
        new([], []),
        new(AllByteValues(), AllByteValues()),
        Text("ключ", "значение — 日本語"),
        new(Bytes("h"), Bytes("one header"), ("name", Bytes("value"))),
        new(Bytes("h"), Bytes("many headers"), ("a", Bytes("1")), ("b", AllByteValues()), ("empty", [])),
        new(Bytes("large"), Large()),
    ];

    /// <summary>For clients whose protocol knows no headers.</summary>
    public static IReadOnlyList<ForeignRecord> WithoutHeaders { get; } = Full.Select(record => record.WithoutHeaders()).ToArray();

    private static ForeignRecord Text(string key, string value) => new(Bytes(key), Bytes(value));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] AllByteValues() => Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();

    /// <summary>Half repetitive, half noise, so that every codec both finds matches and stores blocks raw.</summary>
    private static byte[] Large()
    {
        var value = new byte[LargeValueBytes];
        new Random(17).NextBytes(value.AsSpan(LargeValueBytes / 2));
        return value;
    }
}
