namespace ClassicBroker.Controller.State;

/// <summary>
/// How far the reassignments have come that are under way together: from the first that begins while there is none, to the last that ends.
/// After a failover it counts what was left. Threading: the controller's loop.
/// </summary>
internal sealed class ReassignmentProgress
{
    /// <summary>Reassignments of those that are done.</summary>
    public int Done { get; private set; }

    /// <summary>Another begins, beside <paramref name="underWay"/> others.</summary>
    public void Begin(int underWay)
    {
        if (underWay == 0)
        {
            Done = 0;
        }
    }

    /// <summary>One is done.</summary>
    public void End() => Done++;

    /// <summary>How many of all are done, in percent; full where none is under way.</summary>
    public int Percent(int underWay) => underWay == 0 ? 100 : (int)(100L * Done / (Done + underWay));
}
