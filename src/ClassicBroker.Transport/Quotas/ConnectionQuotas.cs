using System.Collections.Concurrent;
using System.Net;

namespace ClassicBroker.Transport;

/// <summary>
/// How many connections a broker takes: in all, per listener, per address, and per second. One for all listeners of a broker; limits may
/// be changed while it runs (KIP-402, KIP-612). The listener brokers use among themselves is bound by its own limits only.
/// Threading: safe from any thread, under its own lock.
/// </summary>
public sealed class ConnectionQuotas(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly Dictionary<string, int> _perListener = [];
    private readonly Dictionary<string, CreationBucket> _listenerCreation = [];
    private readonly CreationBucket _creation = new(time);
    private readonly Dictionary<IPAddress, int> _addressRates = [];
    private readonly Dictionary<IPAddress, SampledRate> _addressCreation = [];
    private readonly long _start = time.GetTimestamp();
    private readonly List<Action> _waiting = [];
    private readonly ConcurrentDictionary<string, TimeSpan> _blocked = new(StringComparer.Ordinal);
    private int? _defaultAddressRate;
    private ConnectionLimits _limits = ConnectionLimits.None;
    private int _total;

    /// <summary>The limits in force; replaced whole.</summary>
    public ConnectionLimits Limits
    {
        get => Volatile.Read(ref _limits);
        set
        {
            lock (_lock)
            {
                _limits = value;
                _creation.RateMax = value.CreationRateMax;
                foreach (var listener in value.ListenerCreationRateMax.Keys.Union(_listenerCreation.Keys).ToList())
                {
                    CreationOf(listener).RateMax = value.ListenerCreationRateMax.TryGetValue(listener, out var own) ? own : int.MaxValue;
                }

                NotifyWaiting();
            }
        }
    }

    /// <summary>For how long a listener has not accepted connections, limits being reached.</summary>
    public TimeSpan BlockedTime(string listener) => _blocked.GetValueOrDefault(listener);

    /// <summary>A listener accepts again, after so long.</summary>
    internal void NoteBlocked(string listener, TimeSpan time) =>
        _blocked.AddOrUpdate(listener, static (_, added) => added, static (_, before, added) => before + added, time);

    /// <summary>Sample windows of the rates of addresses: <c>quota.window.num</c> and <c>quota.window.size.seconds</c>.</summary>
    public (int Samples, long WindowMs) AddressWindows { get; set; } = (11, 1_000);

    /// <summary>Connections that have come too fast from their address are closed after this long at the latest.</summary>
    public TimeSpan AddressThrottleMax => TimeSpan.FromMilliseconds(AddressWindows.WindowMs);

    /// <summary><c>connection_creation_rate</c> of an address; null for the default's (KIP-612).</summary>
    public void SetAddressRate(IPAddress address, int? rate)
    {
        lock (_lock)
        {
            if (rate is { } perSecond)
            {
                _addressRates[address] = perSecond;
            }
            else
            {
                _addressRates.Remove(address);
            }
        }
    }

    /// <summary><c>connection_creation_rate</c> of every address without one of its own; null for none.</summary>
    public void SetDefaultAddressRate(int? rate)
    {
        lock (_lock)
        {
            _defaultAddressRate = rate;
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

            var brokerAllows = _creation.MayTake() || listener == _limits.ProtectedListener;
            return CreationOf(listener).MayTake() && brokerAllows ? ConnectionAdmission.Admitted : ConnectionAdmission.TooFast;
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

            if (IsTooFast(address))
            {
                return ConnectionAdmission.TooFastFromAddress;
            }

            _creation.Take();
            CreationOf(listener).Take();
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

    /// <summary>How long until the creation rates allow a listener another connection.</summary>
    public TimeSpan NextCreation(string listener)
    {
        lock (_lock)
        {
            var (own, broker) = (CreationOf(listener).UntilNext(), _creation.UntilNext());
            return listener == _limits.ProtectedListener || own > broker ? own : broker;
        }
    }

    /// <summary>A connection that is not admitted does not count towards the rate of its address.</summary>
    private bool IsTooFast(IPAddress address)
    {
        if ((_addressRates.TryGetValue(address, out var own) ? own : _defaultAddressRate) is not { } rateMax)
        {
            return false;
        }

        if (!_addressCreation.TryGetValue(address, out var rate))
        {
            Forget(NowMs);
            _addressCreation.Add(address, rate = new(AddressWindows.Samples, AddressWindows.WindowMs));
        }

        rate.Record(1, NowMs);
        if (rate.Measure(NowMs) <= rateMax)
        {
            return false;
        }

        rate.Record(-1, NowMs);
        return true;
    }

    private long NowMs => (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Addresses that have not come for as long as windows last say nothing any more.</summary>
    private void Forget(long nowMs)
    {
        foreach (var (address, rate) in _addressCreation)
        {
            if (nowMs - rate.LastRecordMs > AddressWindows.Samples * AddressWindows.WindowMs)
            {
                _addressCreation.Remove(address);
            }
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

    private CreationBucket CreationOf(string listener)
    {
        if (!_listenerCreation.TryGetValue(listener, out var bucket))
        {
            _listenerCreation.Add(listener, bucket = new(time));
        }

        return bucket;
    }
}
