/* The limit: Adam written out by hand for one machine, with nothing around it. limit.py compiles it. */

#include <math.h>

typedef struct { double lr, beta1, beta2, eps; } adam;

/* One run on Rosenbrock's valley. end: theta, (2,). record: NULL, or the start and every step as (steps + 1, 7, 2):
   theta, grad, m, v, m_hat, v_hat and, twice, the loss. */
static inline void walk(long steps, adam a, const double *start, double *end, double *record)
{
    double x = start[0], y = start[1], mx = 0, my = 0, vx = 0, vy = 0, power1 = 1, power2 = 1;
    double gx = NAN, gy = NAN, mx_hat = NAN, my_hat = NAN, vx_hat = NAN, vy_hat = NAN;
    for (long t = 0;; t++) {
        if (record) {
            double loss = (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x);
            double row[14] = {x, y, gx, gy, mx, my, vx, vy, mx_hat, my_hat, vx_hat, vy_hat, loss, loss};
            for (int i = 0; i < 14; i++)
                record[14 * t + i] = row[i];
        }
        if (t == steps)
            break;
        gx = -2 * (1 - x) - 400 * x * (y - x * x), gy = 200 * (y - x * x);
        power1 *= a.beta1, power2 *= a.beta2;
        mx = a.beta1 * mx + (1 - a.beta1) * gx, my = a.beta1 * my + (1 - a.beta1) * gy;
        vx = a.beta2 * vx + (1 - a.beta2) * gx * gx, vy = a.beta2 * vy + (1 - a.beta2) * gy * gy;
        mx_hat = mx / (1 - power1), my_hat = my / (1 - power1);
        vx_hat = vx / (1 - power2), vy_hat = vy / (1 - power2);
        x -= a.lr * mx_hat / (sqrt(vx_hat) + a.eps), y -= a.lr * my_hat / (sqrt(vy_hat) + a.eps);
    }
    end[0] = x, end[1] = y;
}

void final(long steps, adam a, const double *start, double *end) { walk(steps, a, start, end, 0); }

void run(long steps, adam a, const double *start, double *end, double *record) { walk(steps, a, start, end, record); }

/* The runs first ... last - 1 of a sweep over lr and beta1; end: (runs, 2). LANES runs share the vector registers. */
#define LANES 64

void sweep(long first, long last, long steps, adam a, const double *start, const double *lr, const double *beta1, double *end)
{
    for (long at = first; at < last; at += LANES) {
        double rate[LANES], beta[LANES], power[LANES], theta[2][LANES], m[2][LANES] = {{0}}, v[2][LANES] = {{0}}, power2 = 1;
        for (int k = 0; k < LANES; k++) {
            long i = at + k < last ? at + k : last - 1;
            rate[k] = lr[i], beta[k] = beta1[i], power[k] = 1, theta[0][k] = start[0], theta[1][k] = start[1];
        }
        for (long t = 0; t < steps; t++) {
            power2 *= a.beta2;
            for (int k = 0; k < LANES; k++) {
                double x = theta[0][k], y = theta[1][k], g[2] = {-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)};
                power[k] *= beta[k];
                for (int d = 0; d < 2; d++) {
                    m[d][k] = beta[k] * m[d][k] + (1 - beta[k]) * g[d];
                    v[d][k] = a.beta2 * v[d][k] + (1 - a.beta2) * g[d] * g[d];
                    theta[d][k] -= rate[k] * (m[d][k] / (1 - power[k])) / (sqrt(v[d][k] / (1 - power2)) + a.eps);
                }
            }
        }
        for (int k = 0; k < LANES && at + k < last; k++)
            end[2 * (at + k)] = theta[0][k], end[2 * (at + k) + 1] = theta[1][k];
    }
}

/* `steps` steps of the elements first ... last - 1 of a long vector with a constant gradient; and the same traffic, four
   words read and three written for each element, with next to no arithmetic. */
#define VECTOR(real, root, STEPS, TRAFFIC)                                                                                    \
    void STEPS(long first, long last, long steps, adam a, const real *restrict g, real *restrict theta, real *restrict m,      \
               real *restrict v)                                                                                               \
    {                                                                                                                          \
        real lr = a.lr, beta1 = a.beta1, beta2 = a.beta2, eps = a.eps;                                                         \
        for (long t = 1; t <= steps; t++) {                                                                                    \
            real correct1 = 1 / (1 - pow(a.beta1, t)), correct2 = 1 / (1 - pow(a.beta2, t));                                   \
            for (long i = first; i < last; i++) {                                                                              \
                m[i] = beta1 * m[i] + (1 - beta1) * g[i];                                                                      \
                v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];                                                               \
                theta[i] -= lr * (m[i] * correct1) / (root(v[i] * correct2) + eps);                                            \
            }                                                                                                                  \
        }                                                                                                                      \
    }                                                                                                                          \
    void TRAFFIC(long first, long last, long steps, adam a, const real *restrict g, real *restrict theta, real *restrict m,    \
                 real *restrict v)                                                                                             \
    {                                                                                                                          \
        for (long t = 1; t <= steps; t++)                                                                                      \
            for (long i = first; i < last; i++)                                                                                \
                theta[i] += g[i], m[i] += g[i], v[i] += g[i];                                                                  \
    }

VECTOR(float, sqrtf, steps_float32, traffic_float32)
VECTOR(double, sqrt, steps_float64, traffic_float64)
