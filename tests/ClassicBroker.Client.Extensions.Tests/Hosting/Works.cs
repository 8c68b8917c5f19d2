using System.Threading.Channels;

namespace ClassicBroker.Client.Tests.Hosting;

/// <summary>What a test's handler does, and the records that came to it. Threading: any.</summary>
internal sealed class Works
{
    private readonly Channel<ConsumerRecord<string?, int>> _came = Channel.CreateUnbounded<ConsumerRecord<string?, int>>();

    /// <summary>The work on a record; may throw or wait.</summary>
    public Func<ConsumerRecord<string?, int>, CancellationToken, ValueTask> Work { get; set; } = (_, _) => ValueTask.CompletedTask;

    /// <summary>The next record that came to the handler.</summary>
    public async Task<ConsumerRecord<string?, int>> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await _came.Reader.ReadAsync(patience.Token);
    }

    /// <summary>Records that came and were not asked for.</summary>
    public int Left => _came.Reader.Count;

    /// <summary>Tells the test of each record, then does the work.</summary>
    internal sealed class Handler(Works works) : IRecordHandler<string?, int>
    {
        public async ValueTask HandleAsync(ConsumerRecord<string?, int> record, CancellationToken cancellation)
        {
            await works._came.Writer.WriteAsync(record, CancellationToken.None);
            await works.Work(record, cancellation);
        }
    }
}
