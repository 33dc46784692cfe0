namespace Calm.Cli;

/// <summary>Places names beside the dots of a chart so that they cover neither dots nor each other.</summary>
/// <param name="left">Edges of the chart.</param>
/// <param name="top">Edges of the chart.</param>
/// <param name="right">Edges of the chart.</param>
/// <param name="bottom">Edges of the chart.</param>
internal sealed class LabelPlaces(double left, double top, double right, double bottom)
{
    private const double WidthOfCharacter = 7.2;
    private const double HeightOfLine = 13;
    private const double Nearest = 8;
    private const double Farthest = 90;
    private const double Step = 7;
    private const int Directions = 16;
    private const double HalfOfLine = 2;

    private readonly List<Box> _taken = [];

    /// <summary>The position of a name: the start of its baseline, and its point nearest to the dot.</summary>
    internal readonly record struct Place(double X, double Y, double NearX, double NearY, bool IsFar);

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Meets(Box other) =>
            Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
    }

    /// <summary>Reserves the area of a dot.</summary>
    public void Avoid((double X, double Y) dot, double radius) =>
        _taken.Add(new Box(dot.X - radius, dot.Y - radius, dot.X + radius, dot.Y + radius));

    /// <summary>Reserves the area of a straight line.</summary>
    public void Avoid((double X, double Y) start, (double X, double Y) end)
    {
        double width = end.X - start.X;
        double height = end.Y - start.Y;
        int dots = 1 + (int)(Math.Sqrt(width * width + height * height) / HalfOfLine);
        for (int i = 0; i <= dots; i++)
        {
            Avoid((start.X + width * i / dots, start.Y + height * i / dots), HalfOfLine);
        }
    }

    /// <summary>Finds the nearest free position around a dot; if there is none, returns the one beside it.</summary>
    public Place Find(double x, double y, string name)
    {
        double width = WidthOfCharacter * name.Length;
        for (double distance = Nearest; distance <= Farthest; distance += Step)
        {
            for (int direction = 0; direction < Directions; direction++)
            {
                Box box = At(x, y, width, distance, 2 * Math.PI * direction / Directions);
                if (box.Left >= left && box.Right <= right && box.Top >= top && box.Bottom <= bottom
                    && !_taken.Exists(box.Meets))
                {
                    return Take(box, x, y, distance > Nearest);
                }
            }
        }

        return Take(At(x, y, width, Nearest, 0), x, y, isFar: false);
    }

    /// <summary>The box whose nearest edge or corner lies at a distance from the dot, in a direction.</summary>
    private static Box At(double x, double y, double width, double distance, double angle)
    {
        (double sin, double cos) = Math.SinCos(angle);
        double centreX = x + cos * (distance + width / 2);
        double centreY = y + sin * (distance + HeightOfLine / 2);
        return new Box(centreX - width / 2, centreY - HeightOfLine / 2, centreX + width / 2, centreY + HeightOfLine / 2);
    }

    private Place Take(Box box, double x, double y, bool isFar)
    {
        _taken.Add(box);
        const double belowBaseline = 3;
        return new Place(
            box.Left, box.Bottom - belowBaseline, Math.Clamp(x, box.Left, box.Right), Math.Clamp(y, box.Top, box.Bottom), isFar);
    }
}
