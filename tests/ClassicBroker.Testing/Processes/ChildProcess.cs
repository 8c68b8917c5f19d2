using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace ClassicBroker.Testing.Processes;

/// <summary>
/// A process a test started and will end by its id. Its output is kept and can be waited for; a wait that fails tells all that was
/// printed.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    public const int Sigkill = 9;
    public const int Sigterm = 15;
    public const int Sigcont = 18;
    public const int Sigstop = 19;

    private readonly Process _process;
    private readonly object _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    private ChildProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>All that standard output and standard error held so far, in the order seen.</summary>
    public string Output
    {
        get
        {
            lock (_gate)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <param name="file">The program.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    /// <param name="hasInput">Whether it is going to be fed by <see cref="WriteLine"/>; otherwise it has this process's input.</param>
    public static ChildProcess Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool hasInput = false)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = hasInput,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end, feeding it <paramref name="input"/>; standard output comes back as bytes.</summary>
    public static async Task<CommandOutcome> RunAsync(
        string file, IEnumerable<string> arguments, ReadOnlyMemory<byte> input = default, TimeSpan? limit = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(60));
        using var output = new MemoryStream();
        try
        {
            var copy = process.StandardOutput.BaseStream.CopyToAsync(output, timeout.Token);
            var errors = process.StandardError.ReadToEndAsync(timeout.Token);
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(input, timeout.Token);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // The command ended without reading all of its input; its exit code and words say why.
            }

            await copy;
            await process.WaitForExitAsync(timeout.Token);
            return new(process.ExitCode, output.ToArray(), await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"{file} {string.Join(' ', start.ArgumentList)} did not end in time. It printed: {Encoding.UTF8.GetString(output.ToArray())}");
        }
    }

    /// <summary>Feeds a line to its standard input.</summary>
    public void WriteLine(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Waits until a line that contains <paramref name="text"/> has been printed.</summary>
    public Task WaitForAsync(string text, TimeSpan limit)
    {
        lock (_gate)
        {
            return _lines.Exists(line => line.Contains(text, StringComparison.Ordinal)) ? Task.CompletedTask : WaitForNextAsync(text, limit);
        }
    }

    /// <summary>Waits until a line that contains <paramref name="text"/> has been printed after this call.</summary>
    public Task WaitForNextAsync(string text, TimeSpan limit)
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _awaited.Add((text, seen));
        }

        return AwaitLineAsync(text, seen.Task, limit);
    }

    private async Task AwaitLineAsync(string text, Task seen, TimeSpan limit)
    {
        await Task.WhenAny(seen, _process.WaitForExitAsync(), Task.Delay(limit));
        if (!seen.IsCompleted)
        {
            throw new InvalidOperationException(
                $"'{text}' was not printed{(HasExited ? $" before exit {ExitCode}" : $" within {limit}")}. Output:\n{Output}");
        }
    }

    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Process {Id} had not ended after {limit}. Output:\n{Output}");
        }

        return ExitCode;
    }

    public void Signal(int signal)
    {
        if (!HasExited && kill(Id, signal) != 0 && !HasExited)
        {
            throw new InvalidOperationException($"kill({Id}, {signal}) failed with errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            Signal(Sigkill);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _lines.Add(line);
            foreach (var (_, seen) in _awaited.Where(waiter => line.Contains(waiter.Text, StringComparison.Ordinal)))
            {
                seen.TrySetResult();
            }
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
