using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>How much earlier than <c>segment.ms</c> a segment is rolled, drawn for each so that many do not roll at once.</summary>
internal static class SegmentJitter
{
    public static long Draw(LogConfig config, IRandomSource random)
    {
        var most = Math.Min(config.SegmentJitterMs, config.SegmentMs);
        return most <= 0 ? 0 : random.Next((int)Math.Min(most, int.MaxValue));
    }
}
