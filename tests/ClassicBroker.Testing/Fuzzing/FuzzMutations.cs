using System.Buffers.Binary;

namespace ClassicBroker.Testing.Fuzzing;

/// <summary>
/// Bends inputs of a corpus, the same way for the same seed: bits flipped, stretches removed, doubled or joined with those of other inputs,
/// pieces that mean something put in, numbers made extreme. Threading: one test.
/// </summary>
internal sealed class FuzzMutations(int seed, byte[][] samples, byte[][] pieces)
{
    /// <summary>Inputs kept beside the samples: of more, one at random makes room, so that what is shallow does not stay for good.</summary>
    private const int KeptMax = 4096;

    private const int ChangesMax = 5;

    private static readonly int[] ExtremeNumbers = [0, 1, -1, -2, int.MaxValue, int.MinValue, 0xFFFF, 0x7FFF, 1 << 20];
    private static readonly byte[] ExtremeBytes = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF, 0x0A, 0x20];

    private readonly Random _random = new(seed);

    /// <summary>Inputs get no longer than twice the longest sample: what makes them longer leaves the rest of the way unseen.</summary>
    private readonly byte[] _scratch = new byte[(2 * samples.Max(sample => sample.Length)) + 64];

    private int _length;

    private readonly List<byte[]> _corpus = [.. samples];

    public IReadOnlyList<byte[]> Corpus => _corpus;

    public void Keep(byte[] input)
    {
        if (_corpus.Count < samples.Length + KeptMax)
        {
            _corpus.Add(input);
        }
        else
        {
            _corpus[samples.Length + _random.Next(KeptMax)] = input;
        }
    }

    public byte[] Next()
    {
        var origin = _corpus[_random.Next(_corpus.Count)];
        _length = origin.Length;
        origin.CopyTo(_scratch, 0);
        for (var changes = _random.Next(1, ChangesMax + 1); changes > 0; changes--)
        {
            Change();
        }

        return _scratch.AsSpan(0, _length).ToArray();
    }

    private void Change()
    {
        var at = _random.Next(_length + 1);
        switch (_random.Next(9))
        {
            case 0 when _length > 0:
                _scratch[at % _length] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < _length:
                Remove(at, _random.Next(1, Math.Min(_length - at, 1 + _random.Next(_length)) + 1));
                break;
            case 2 when pieces.Length > 0:
                Insert(at, pieces[_random.Next(pieces.Length)]);
                break;
            case 3 when _length > 0:
                var from = _random.Next(_length);
                Insert(at, _scratch.AsSpan(from, _random.Next(_length - from + 1)).ToArray());
                break;
            case 4:
                var other = _corpus[_random.Next(_corpus.Count)];
                var start = _random.Next(other.Length + 1);
                Insert(at, other.AsSpan(start, _random.Next(other.Length - start + 1)));
                break;
            case 5 when _length > 0:
                _scratch[at % _length] = ExtremeBytes[_random.Next(ExtremeBytes.Length)];
                break;
            case 6 when at + 4 <= _length:
                BinaryPrimitives.WriteInt32BigEndian(_scratch.AsSpan(at), ExtremeNumbers[_random.Next(ExtremeNumbers.Length)]);
                break;
            case 7 when at + 2 <= _length:
                BinaryPrimitives.WriteInt16BigEndian(_scratch.AsSpan(at), (short)ExtremeNumbers[_random.Next(ExtremeNumbers.Length)]);
                break;
            default:
                Insert(at, [(byte)_random.Next(256)]);
                break;
        }
    }

    private void Remove(int at, int count)
    {
        _scratch.AsSpan(at + count, _length - at - count).CopyTo(_scratch.AsSpan(at));
        _length -= count;
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, _scratch.Length - _length);
        _scratch.AsSpan(at, _length - at).CopyTo(_scratch.AsSpan(at + count));
        bytes[..count].CopyTo(_scratch.AsSpan(at));
        _length += count;
    }
}
