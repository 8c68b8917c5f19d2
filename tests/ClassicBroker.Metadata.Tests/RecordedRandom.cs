using ClassicBroker.Platform;

namespace ClassicBroker.Metadata.Tests;

/// <summary>Randomness that counts: 0, 1, 2 … within what is asked, so that a test can name what will be drawn.</summary>
internal sealed class RecordedRandom : IRandomSource
{
    private int _next;

    public int Next(int exclusiveMax) => _next++ % exclusiveMax;

    public void Fill(Span<byte> destination)
    {
        _next++;
        for (var index = 0; index < destination.Length; index++)
        {
            destination[index] = (byte)(_next + index);
        }
    }
}
