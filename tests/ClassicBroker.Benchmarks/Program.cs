using BenchmarkDotNet.Running;
using ClassicBroker.Benchmarks.EndToEnd;

// Without arguments: the end-to-end table of scripts/bench.sh. "micro" and BenchmarkDotNet's options: the micro-benchmarks.
// "bare-append", "bare-replicate" and "bare-send" are the machine's own limits, "flood" is what strangers do: run as processes of their own by the table.
return args switch
{
    ["bare-append", var port, var file] => BareServer.Append(int.Parse(port), file),
    ["bare-replicate", var port, var file, var first, var second] => BareServer.Replicate(int.Parse(port), file, int.Parse(first), int.Parse(second)),
    ["bare-send", var port, var file] => BareServer.Send(int.Parse(port), file),
    ["flood", var port, var connections, var perSecond] => await FloodRows.FloodAsync(int.Parse(port), int.Parse(connections), int.Parse(perSecond)),
    ["micro", .. var options] => Micro(options),
    _ => await BenchmarkTable.RunAsync(args),
};

static int Micro(string[] options)
{
    BenchmarkSwitcher.FromAssembly(typeof(BareServer).Assembly).Run(options);
    return 0;
}
