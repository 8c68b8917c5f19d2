using System.Globalization;
using ClassicBroker.Platform;

namespace ClassicBroker.Tools.Mirroring;

/// <summary>
/// How many records all streams of a mirror have handed on, shown on a terminal. Threading: the loop that all streams share.
/// </summary>
internal sealed class MirrorProgress(ToolHost host)
{
    private readonly ProgressLine? _line = ProgressLine.On(host);
    private readonly long _startMs = host.Time.MonotonicMs();
    private long _records;

    public void Add()
    {
        _records++;
        if (_line is not null)
        {
            var seconds = Math.Max(1, host.Time.MonotonicMs() - _startMs) / 1000.0;
            _line.Show(string.Create(
                CultureInfo.InvariantCulture, $"{_records} records mirrored, {_records / seconds:F0} a second on average"));
        }
    }

    public void Clear() => _line?.Clear();
}
