using ClassicBroker.Client.Hosting;
using ClassicBroker.Client.Serialization;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client;

/// <summary>
/// A consumer that runs with the application: it brings records to an <see cref="IRecordHandler{TKey, TValue}"/>, commits what has been
/// handled, and sends what failed to retry and dead-letter topics. When the application stops, the record in hand is finished and its
/// position committed before the group is left. Made by <c>AddKafkaConsumerService</c>. Threading: the host's.
/// </summary>
public sealed class KafkaConsumerService<TKey, TValue> : BackgroundService, IWorkerStates
{
    private readonly string _name;
    private readonly ServicePlan _plan;
    private readonly Func<IServiceProvider, IRecordHandler<TKey, TValue>> _handler;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private volatile IReadOnlyList<WorkerState> _workers = [];

    internal KafkaConsumerService(
        string name, ServicePlan plan, Func<IServiceProvider, IRecordHandler<TKey, TValue>> handler, IServiceProvider services)
    {
        (_name, _plan, _handler, _services) = (name, plan, handler, services);
        _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        _loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
    }

    IReadOnlyList<WorkerState> IWorkerStates.Workers => _workers;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host goes on starting while this one connects.
        await Task.Yield();
        var network = _services.GetRequiredService<ClientNetwork>();
        await using var failed = _plan.RoutesFailures ? new FailedRecords(_plan, network, _loggers) : null;
        if (failed is not null && _plan.CreatesTopics)
        {
            await failed.CreateTopicsAsync();
        }

        // A worker that fails ends the others: the application then stops, or what watches over it sees it unhealthy.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using var drained = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        await using var whenStopping = stopping.Token.Register(() => drained.CancelAfter(_plan.DrainTimeout));
        var processor = NewProcessor(failed);
        var workers = Enumerable.Range(-1, _plan.Levels + 1)
            .Select(level => new RecordWorker<TKey, TValue>(_plan, level, processor, network, _time, _loggers))
            .ToList();
        _workers = [.. workers.Select(worker => worker.State)];
        await workers.Select(worker => RunAsync(worker, stopping, drained.Token)).ToList().AwaitAllAsync();
    }

    private static async Task RunAsync(RecordWorker<TKey, TValue> worker, CancellationTokenSource stopping, CancellationToken drained)
    {
        try
        {
            await worker.RunAsync(stopping.Token, drained);
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            stopping.Cancel();
            throw;
        }
    }

    private RecordProcessor<TKey, TValue> NewProcessor(FailedRecords? failed) => new(
        _plan,
        _services.GetRequiredService<IServiceScopeFactory>(),
        _handler,
        (SerdeServices.Deserializer<TKey>(_services, _name), SerdeServices.Deserializer<TValue>(_services, _name)),
        failed,
        _time,
        _loggers.CreateLogger<KafkaConsumerService<TKey, TValue>>());
}
