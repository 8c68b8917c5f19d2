namespace ClassicBroker.Rpc;

/// <summary>
/// Bounds the lines that strangers can have written to a log: so many in a period, the rest counted. Threading: safe from any loop.
/// </summary>
internal sealed class LineRate(int linesMax, TimeSpan period)
{
    private readonly Lock _lock = new();
    private long _startedAt;
    private int _lines;
    private long _withheld;

    /// <summary>
    /// Whether another line may be written. <paramref name="withheld"/> is, once, how many were not since it was last told.
    /// </summary>
    public bool TryTake(TimeProvider time, out long withheld)
    {
        lock (_lock)
        {
            withheld = 0;
            if (_lines == 0 || time.GetElapsedTime(_startedAt) >= period)
            {
                _startedAt = time.GetTimestamp();
                _lines = 0;
                (withheld, _withheld) = (_withheld, 0);
            }

            if (_lines == linesMax)
            {
                _withheld++;
                return false;
            }

            _lines++;
            return true;
        }
    }
}
