using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ClassicBroker.Primitives;

/// <summary>
/// Checks that stay on in release builds, placed where state moves: a high watermark past the log end, an epoch going back.
/// </summary>
public static class Invariant
{
    /// <exception cref="InvariantViolatedException">When <paramref name="holds"/> is false.</exception>
    public static void Require(
        [DoesNotReturnIf(false)] bool holds,
        [CallerArgumentExpression(nameof(holds))] string? expression = null)
    {
        if (!holds)
        {
            Fail(expression);
        }
    }

    [DoesNotReturn]
    private static void Fail(string? expression) => throw new InvariantViolatedException($"Invariant violated: {expression}");
}
