using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>Payloads on their way to a socket, in order, the first perhaps sent in part. Threading: its channel's loop.</summary>
internal sealed class PendingWrites
{
    private const int FirstCapacity = 8;

    private IPayload?[] _ring = [];
    private int _first;

    public int Count { get; private set; }

    /// <summary>How much of the first has been sent.</summary>
    public int FirstSent { get; private set; }

    public IPayload this[int index] => _ring[(_first + index) & (_ring.Length - 1)]!;

    public void Add(IPayload payload)
    {
        if (Count == _ring.Length)
        {
            Enlarge();
        }

        _ring[(_first + Count) & (_ring.Length - 1)] = payload;
        Count++;
    }

    /// <summary>Counts bytes as sent and releases the payloads they complete.</summary>
    public void Advance(long sent)
    {
        while (Count > 0)
        {
            var left = this[0].Length - FirstSent;
            if (sent < left)
            {
                FirstSent += (int)sent;
                return;
            }

            sent -= left;
            RemoveFirst();
        }
    }

    public void Clear()
    {
        while (Count > 0)
        {
            RemoveFirst();
        }
    }

    private void RemoveFirst()
    {
        var payload = this[0];
        _ring[_first] = null;
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
        FirstSent = 0;
        payload.Release();
    }

    private void Enlarge()
    {
        var larger = new IPayload?[Math.Max(FirstCapacity, _ring.Length * 2)];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = this[i];
        }

        _ring = larger;
        _first = 0;
    }
}
