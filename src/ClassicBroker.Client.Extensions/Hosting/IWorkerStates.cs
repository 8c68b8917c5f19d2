namespace ClassicBroker.Client.Hosting;

/// <summary>A hosted consumer as its health check sees it.</summary>
internal interface IWorkerStates
{
    /// <summary>Those of its workers; empty before it starts.</summary>
    IReadOnlyList<WorkerState> Workers { get; }
}
