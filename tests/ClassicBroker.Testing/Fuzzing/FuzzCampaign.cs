using System.Diagnostics;
using System.Globalization;

namespace ClassicBroker.Testing.Fuzzing;

/// <summary>
/// Attacks one target with inputs bent at random from a corpus. What guides it is what comes of an input: each attempt answers with a number
/// that tells how far it came and how it ended, a declared refusal counts by its kind and words, and an input with an outcome not seen
/// before joins the corpus. Every attempt must end as declared, and may allocate in proportion to its input only. The same seed repeats a
/// campaign. <c>FUZZ_ROUNDS</c> and <c>FUZZ_SEED</c> make longer and other ones (<c>scripts/fuzz.sh</c>). Threading: one test.
/// </summary>
public sealed class FuzzCampaign
{
    private const int RoundsOfCi = 20_000;
    private const int OutcomesMax = 200_000;
    private const int WordsMax = 64;

    /// <summary>An attempt that is not over by then never will be: the process ends with its input in the last words.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(2);

    private readonly FuzzMutations _mutations;
    private readonly Func<byte[], int> _attempt;
    private readonly Type[] _declared;
    private readonly HashSet<int> _outcomes = [];
    private byte[] _current = [];
    private long _round;

    /// <param name="samples">What is sound, and good for a start.</param>
    /// <param name="pieces">What means something to the target.</param>
    /// <param name="attempt">Tries an input and tells what came of it.</param>
    /// <param name="declared">The exceptions by which the target refuses.</param>
    public FuzzCampaign(IEnumerable<byte[]> samples, IEnumerable<byte[]> pieces, Func<byte[], int> attempt, params Type[] declared)
    {
        Seed = Setting("FUZZ_SEED", 1);
        _mutations = new(Seed, [.. samples], [.. pieces]);
        _attempt = attempt;
        _declared = declared;
    }

    public int Seed { get; }

    /// <summary>Attempts to make.</summary>
    public int Rounds { get; init; } = Setting("FUZZ_ROUNDS", RoundsOfCi);

    /// <summary>What an attempt may allocate whatever its input.</summary>
    public long AllocatedMax { get; init; } = 64 * 1024;

    /// <summary>What it may allocate for each byte of its input beside.</summary>
    public long AllocatedPerByte { get; init; } = 64;

    /// <summary>What a refusal says of how far the target came; its message, unless the target says it elsewhere.</summary>
    public Func<Exception, string> WordsOf { get; init; } = refusal => refusal.Message;

    /// <summary>Different outcomes seen so far.</summary>
    public int Outcomes => _outcomes.Count;

    /// <summary>Makes all attempts and tells their number, what was found on the way, and the speed.</summary>
    /// <exception cref="FuzzFailureException">One did not end as declared.</exception>
    public string Run()
    {
        // The first attempts also pay for what the runtime makes once.
        foreach (var sample in _mutations.Corpus)
        {
            Outcome(sample, out _);
        }

        var clock = Stopwatch.StartNew();
        using (Watch())
        {
            for (_round = 0; _round < Rounds; _round++)
            {
                var input = _current = _mutations.Next();
                var outcome = Outcome(input, out var allocated);
                if (_outcomes.Count < OutcomesMax && _outcomes.Add(outcome))
                {
                    _mutations.Keep(input);
                }

                if (IsTooMuch(allocated, input) && Outcome(input, out allocated) == outcome && IsTooMuch(allocated, input))
                {
                    throw Failure($"allocated {allocated} bytes for {input.Length}");
                }
            }
        }

        var speed = Rounds / Math.Max(clock.Elapsed.TotalSeconds, 0.001);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seed {Seed}, {Rounds} executions, {Outcomes} outcomes, {_mutations.Corpus.Count} inputs in the corpus, {speed:F0} executions/s");
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>A number for an exception's kind and words, whose digits and quoted parts tell no more of the way it came.</summary>
    private int SignatureOf(Exception refusal)
    {
        var hash = refusal.GetType().Name.Length;
        var quoted = false;
        var words = WordsOf(refusal);
        foreach (var letter in words.AsSpan(0, Math.Min(words.Length, WordsMax)))
        {
            quoted ^= letter is '\'' or '"';
            if (!quoted && char.IsAsciiLetter(letter))
            {
                hash = unchecked((hash * 31) + letter);
            }
        }

        return hash;
    }

    /// <summary>Asked twice of an input: what the runtime makes once, such as the texts of an exception, is not its doing.</summary>
    private bool IsTooMuch(long allocated, byte[] input) => allocated > AllocatedMax + (AllocatedPerByte * input.Length);

    private int Outcome(byte[] input, out long allocated)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            return _attempt(input);
        }
        catch (Exception refusal) when (Array.Exists(_declared, kind => kind.IsInstanceOfType(refusal)))
        {
            return SignatureOf(refusal);
        }
        catch (Exception failure)
        {
            throw Failure($"{failure.GetType().Name}: {failure.Message}", failure);
        }
        finally
        {
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private FuzzFailureException Failure(string what, Exception? cause = null) =>
        new($"seed {Seed}, round {_round}: {what}\nby {Convert.ToHexString(_current)}", cause);

    private Timer Watch()
    {
        var seen = -1L;
        return new(
            _ =>
            {
                if (Interlocked.Read(ref _round) is var now && now == seen)
                {
                    Environment.FailFast($"seed {Seed}, round {now} never ends, by {Convert.ToHexString(_current)}");
                }
                else
                {
                    seen = now;
                }
            },
            null,
            Hang,
            Hang);
    }
}
