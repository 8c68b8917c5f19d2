namespace ClassicBroker.Transport;

/// <summary>
/// What a loop watches, by token: the place in the low half, and in the high half how often the place was used before, so that an event
/// meant for an earlier holder of the place is dropped. Threading: its loop only.
/// </summary>
internal sealed class PollableTable
{
    private const int GenerationShift = 32;

    private readonly List<(IPollable? Pollable, uint Generation)> _places = [];
    private readonly Stack<int> _free = new();

    public ulong Add(IPollable pollable)
    {
        if (!_free.TryPop(out var index))
        {
            index = _places.Count;
            _places.Add((null, 0));
        }

        var generation = _places[index].Generation;
        _places[index] = (pollable, generation);
        return ((ulong)generation << GenerationShift) | (uint)index;
    }

    public void Remove(ulong token)
    {
        var index = (int)(uint)token;
        _places[index] = (null, (uint)(token >> GenerationShift) + 1);
        _free.Push(index);
    }

    public IPollable? Find(ulong token)
    {
        var (pollable, generation) = _places[(int)(uint)token];
        return generation == (uint)(token >> GenerationShift) ? pollable : null;
    }

    /// <summary>A copy, so that those found may remove themselves.</summary>
    public List<IPollable> All() => _places.Where(place => place.Pollable is not null).Select(place => place.Pollable!).ToList();
}
