using System.Text;

namespace ClassicBroker.Rpc.Tests.Sasl.Fuzz;

/// <summary>
/// Bends good samples into bad ones, the same ones for the same seed: bits flipped, bytes removed, doubled, swapped for those that mean
/// something, pieces of two samples joined. Threading: one test.
/// </summary>
internal sealed class Mutations(int seed, IReadOnlyList<string> samples)
{
    private static readonly string[] Pieces =
    [
        "\0", "\u0001", ",", "=", "\"", "\\", ";", "{", "}", "/*", "//", ".", "$1", "[", "]", "(", "@", "/", "%", "n,,", "r=", "m=x,", "\u00e9",
        "2147483648", "-1", "null", "true", "1e999", "AAAA", "\ud83d\ude00",
    ];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        var bytes = Encoding.UTF8.GetBytes(samples[_random.Next(samples.Count)]).ToList();
        for (var changes = _random.Next(1, 6); changes > 0; changes--)
        {
            Change(bytes);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        switch (_random.Next(6))
        {
            case 0 when bytes.Count > 0:
                bytes[at % bytes.Count] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes.RemoveRange(at, _random.Next(1, bytes.Count - at + 1));
                break;
            case 2:
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[_random.Next(Pieces.Length)]));
                break;
            case 3:
                bytes.InsertRange(at, bytes.Take(_random.Next(bytes.Count + 1)).ToArray());
                break;
            case 4:
                var other = Encoding.UTF8.GetBytes(samples[_random.Next(samples.Count)]);
                bytes.InsertRange(at, other.AsSpan(0, _random.Next(other.Length + 1)).ToArray());
                break;
            default:
                bytes.Insert(at, (byte)_random.Next(256));
                break;
        }
    }
}
