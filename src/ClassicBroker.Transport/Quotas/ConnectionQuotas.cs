using System.Net;

namespace ClassicBroker.Transport;

/// <summary>
/// How many connections a broker takes: in all, per listener, per address, and per second. One for all listeners of a broker; limits may
/// be changed while it runs (KIP-402, KIP-612). Threading: safe from any thread, under its own lock.
/// </summary>
public sealed class ConnectionQuotas(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly Dictionary<string, int> _perListener = [];
    private readonly List<Action> _waiting = [];
    private ConnectionLimits _limits = ConnectionLimits.None;
    private int _total;
    private double _tokens = int.MaxValue;
    private long _tokensAt = time.GetTimestamp();

    /// <summary>The limits in force; replaced whole.</summary>
    public ConnectionLimits Limits
    {
        get => Volatile.Read(ref _limits);
        set
        {
            lock (_lock)
            {
                _limits = value;
                _tokens = Math.Min(_tokens, value.CreationRateMax);
                NotifyWaiting();
            }
        }
    }

    /// <summary>Connections admitted and not released.</summary>
    public int Total
    {
        get
        {
            lock (_lock)
            {
                return _total;
            }
        }
    }

    /// <summary>
    /// Whether another connection to a listener may be accepted now, leaving aside whom it comes from. Where it is full,
    /// <paramref name="roomMade"/> is called once when that may have changed, on any thread.
    /// </summary>
    public ConnectionAdmission MayAccept(string listener, Action roomMade)
    {
        lock (_lock)
        {
            if (IsFull(listener))
            {
                _waiting.Add(roomMade);
                return ConnectionAdmission.Full;
            }

            Refill();
            return _tokens >= 1 || _limits.CreationRateMax == int.MaxValue ? ConnectionAdmission.Admitted : ConnectionAdmission.TooFast;
        }
    }

    /// <summary>Counts a connection in; where it is not admitted nothing is counted.</summary>
    public ConnectionAdmission Admit(string listener, IPAddress address)
    {
        lock (_lock)
        {
            if (IsFull(listener))
            {
                return ConnectionAdmission.Full;
            }

            if (_perAddress.GetValueOrDefault(address) >= _limits.ForAddress(address))
            {
                return ConnectionAdmission.TooManyFromAddress;
            }

            _tokens -= 1;
            _total++;
            _perAddress[address] = _perAddress.GetValueOrDefault(address) + 1;
            _perListener[listener] = _perListener.GetValueOrDefault(listener) + 1;
            return ConnectionAdmission.Admitted;
        }
    }

    /// <summary>Counts an admitted connection out.</summary>
    public void Release(string listener, IPAddress address)
    {
        lock (_lock)
        {
            _total--;
            _perListener[listener]--;
            if (--_perAddress[address] == 0)
            {
                _perAddress.Remove(address);
            }

            NotifyWaiting();
        }
    }

    /// <summary>How long until the creation rate allows another connection.</summary>
    public TimeSpan NextCreation()
    {
        lock (_lock)
        {
            return TimeSpan.FromSeconds(Math.Max(0, 1 - _tokens) / Math.Max(1, _limits.CreationRateMax));
        }
    }

    private bool IsFull(string listener) =>
        (_total >= _limits.TotalMax && listener != _limits.ProtectedListener)
        || _perListener.GetValueOrDefault(listener) >= _limits.ForListener(listener);

    private void NotifyWaiting()
    {
        foreach (var waiting in _waiting)
        {
            waiting();
        }

        _waiting.Clear();
    }

    // One second's worth may come at once; the rest trickles in.
    private void Refill()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(_limits.CreationRateMax, _tokens + time.GetElapsedTime(_tokensAt, now).TotalSeconds * _limits.CreationRateMax);
        _tokensAt = now;
    }
}
